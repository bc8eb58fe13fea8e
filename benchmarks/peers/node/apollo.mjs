// Orders on Apollo Server with Express, and graphql-ws for subscriptions as its guide has it: node apollo.mjs PORT
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import { makeExecutableSchema } from '@graphql-tools/schema';
import express from 'express';
import { PubSub, withFilter } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { CREATED, asksForAll, isWanted, typeDefs } from './schema.mjs';
import { createOrder, createOrders, listOrders, prepare } from './store.mjs';

const pubsub = new PubSub();
pubsub.ee.setMaxListeners(0); // Each subscriber is a listener; the default warns from the eleventh on.
const publish = (order) => pubsub.publish(CREATED, { orderCreated: order });
const filtered = withFilter(
    () => pubsub.asyncIterableIterator(CREATED),
    ({ orderCreated }, args) => isWanted(orderCreated, args),
);

const resolvers = {
    Query: { orders: (_, { first }) => listOrders(first) },
    Mutation: {
        async createOrder(_, { input }) {
            const order = await createOrder(input);
            await publish(order);
            return order;
        },
        async createOrders(_, { orders }) {
            const created = await createOrders(orders);
            for (const order of created) await publish(order);
            return created;
        },
    },
    Subscription: {
        orderCreated: {
            subscribe: (root, args, context, info) =>
                asksForAll(args) ? pubsub.asyncIterableIterator(CREATED) : filtered(root, args, context, info),
        },
    },
};

await prepare();
const schema = makeExecutableSchema({ typeDefs, resolvers });
const app = express();
const server = createServer(app);
const sockets = new WebSocketServer({ server, path: '/graphql' });
const subscriptions = useServer({ schema }, sockets);
const drainSockets = { serverWillStart: async () => ({ drainServer: () => subscriptions.dispose() }) };
const apollo = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer: server }), drainSockets] });
await apollo.start();
app.use('/graphql', express.json({ limit: '1mb' }), expressMiddleware(apollo));
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
