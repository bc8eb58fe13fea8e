// Next's own server passes the API on, so that the browser sees one origin: requests, streams and sockets, in `next dev` and `next start`.
const server = process.env.ORDERS_SERVER ?? "http://127.0.0.1:8000"; // `next build` writes it into what it builds.
const passed = (path) => ({ source: path, destination: server + path });

export default {
  compress: false, // Next's compression keeps a stream's events back.
  skipTrailingSlashRedirect: true, // The API's addresses end with a slash.
  rewrites: async () => ["/graphql/", "/api/:path(.*)"].map(passed), // `:path*` would drop the slash at the end.
};
