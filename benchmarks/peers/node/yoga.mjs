// Orders on GraphQL Yoga, with graphql-ws for subscriptions as its guide has it: node yoga.mjs PORT
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga, filter, pipe } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { CREATED, asksForAll, isWanted, typeDefs } from './schema.mjs';
import { createOrder, createOrders, listOrders, prepare } from './store.mjs';

const pubsub = createPubSub();

const resolvers = {
    Query: { orders: (_, { first }) => listOrders(first) },
    Mutation: {
        async createOrder(_, { input }) {
            const order = await createOrder(input);
            pubsub.publish(CREATED, order);
            return order;
        },
        async createOrders(_, { orders }) {
            const created = await createOrders(orders);
            for (const order of created) pubsub.publish(CREATED, order);
            return created;
        },
    },
    Subscription: {
        orderCreated: {
            subscribe: (_, args) =>
                asksForAll(args)
                    ? pubsub.subscribe(CREATED)
                    : pipe(pubsub.subscribe(CREATED), filter((order) => isWanted(order, args))),
            resolve: (order) => order,
        },
    },
};

await prepare();
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: 'error' });
const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
useServer(
    {
        execute: (args) => args.rootValue.execute(args),
        subscribe: (args) => args.rootValue.subscribe(args),
        onSubscribe: async (context, _id, params) => {
            const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
                ...context, req: context.extra.request, socket: context.extra.socket, params,
            });
            const args = {
                schema, operationName: params.operationName, document: parse(params.query), variableValues: params.variables,
                contextValue: await contextFactory(), rootValue: { execute, subscribe },
            };
            const errors = validate(args.schema, args.document);
            return errors.length ? errors : args;
        },
    },
    sockets,
);
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
