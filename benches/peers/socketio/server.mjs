// socket.io as a peer of bench-chat: passes a message to its pair's room, then acknowledges.
// Nothing is stored.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 300_000 });

io.on("connection", (socket) => {
  const { pair, role } = socket.handshake.query;
  if (role === "reader") socket.join(pair);
  socket.on("say", (n, text, acknowledge) => {
    io.to(pair).emit("said", n, text);
    acknowledge();
  });
});

http.listen(0, "127.0.0.1", () => console.log(`listening 127.0.0.1:${http.address().port}`));
