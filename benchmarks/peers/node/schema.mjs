// What both Node servers offer: the fields of benchmarks/peers/operations.py, as the stock server has them.
export const CREATED = 'order.created';

export const typeDefs = `
    type OrderLine { sku: String! name: String! quantity: Int! unitPrice: String! }
    type Order {
        id: ID! externalReference: String! customerEmail: String! currency: String! total: String! status: String! lines: [OrderLine!]!
    }
    input OrderLineInput { sku: String! name: String! quantity: Int! unitPrice: String! }
    input CreateOrderInput { externalReference: String! customerEmail: String! currency: String! lines: [OrderLineInput!]! }
    type Query { orders(first: Int = 50): [Order!]! }
    type Mutation {
        createOrder(input: CreateOrderInput!): Order!
        createOrders(orders: [CreateOrderInput!]!): [Order!]!
    }
    type Subscription { orderCreated(totalFrom: String, customerEmail: String): Order! }
`;

// Whether the order matches the subscriber's filter; a subscriber without a filter gets every order.
export const asksForAll = ({ totalFrom, customerEmail }) => totalFrom == null && customerEmail == null;
export const isWanted = (order, { totalFrom, customerEmail }) =>
    (totalFrom == null || Number(order.total) >= Number(totalFrom)) && (customerEmail == null || order.customerEmail === customerEmail);
