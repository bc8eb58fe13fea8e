// Orders on Fastify with mercurius, as its guide has it, with its compiler on: node mercurius.mjs PORT
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { CREATED, asksForAll, isWanted, typeDefs } from './schema.mjs';
import { createOrder, createOrders, listOrders, prepare } from './store.mjs';

const { withFilter } = mercurius;
const tell = (pubsub, order) => pubsub.publish({ topic: CREATED, payload: { orderCreated: order } });

const resolvers = {
    Query: { orders: (_, { first }) => listOrders(first) },
    Mutation: {
        async createOrder(_, { input }, { pubsub }) {
            const order = await createOrder(input);
            await tell(pubsub, order);
            return order;
        },
        async createOrders(_, { orders }, { pubsub }) {
            const created = await createOrders(orders);
            for (const order of created) await tell(pubsub, order);
            return created;
        },
    },
    Subscription: {
        orderCreated: {
            subscribe: (root, args, context, info) =>
                asksForAll(args) ? context.pubsub.subscribe(CREATED) : filtered(root, args, context, info),
        },
    },
};
const filtered = withFilter(
    (_, __, { pubsub }) => pubsub.subscribe(CREATED),
    ({ orderCreated }, args) => isWanted(orderCreated, args),
);

await prepare();
const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, subscription: true });
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
