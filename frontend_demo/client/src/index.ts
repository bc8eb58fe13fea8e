/** Live orders for any JavaScript program: a socket that reconnects, feeds that resume, and what errors mean. */
export { type Published, withDigests } from "./digests.ts";
export { type Follower, type Topic, follow } from "./follow.ts";
export { csrfHeaders, csrfToken } from "./headers.ts";
export { type Socket, type SocketOptions, createSocket, isRefused, socketUrl } from "./socket.ts";
export { type Trouble, isUnsure, troubleOf } from "./trouble.ts";
export { onWake } from "./wake.ts";
