// A front end's own Vite server: it passes the API on, so that the browser sees one origin. Run the front end with `npx vite`.
const target = process.env.ORDERS_SERVER ?? "http://127.0.0.1:8000";

export default {
  server: {
    proxy: {
      // changeOrigin: false keeps the page's host name, which the server compares with the page's origin.
      "/graphql": { target, ws: true, changeOrigin: false },
      "/api": { target, changeOrigin: false },
    },
  },
};
