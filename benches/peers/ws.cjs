// node's ws as a peer of bench-door: takes connections and says nothing. The argument is where the
// module is installed.
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { WebSocketServer } = createRequire(join(process.argv[2], "package.json"))("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => socket.on("message", () => {}));
server.on("listening", () => console.log(`listening 127.0.0.1:${server.address().port}`));
