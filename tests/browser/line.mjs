// A line to the service that breaks when it is told to: bytes go through, or connections end as when
// somebody trips over the cable, or nothing comes through although nobody is told.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function layLine(origin) {
  const { hostname, port } = new URL(origin);
  const ends = new Set();
  let deaf = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const both = [client, upstream];
    ends.add(both);
    const end = () => {
      ends.delete(both);
      for (const socket of both) socket.destroy();
    };
    const pass = (to) => (bytes) => deaf || to.write(bytes);
    client.on("data", pass(upstream));
    upstream.on("data", pass(client));
    for (const socket of both) {
      socket.on("error", end);
      socket.on("close", end);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    // Every connection that is there breaks, without a goodbye.
    cut() {
      for (const both of [...ends]) for (const socket of both) socket.resetAndDestroy();
    },
    // What is sent meanwhile is swallowed, and whoever sent it hears nothing.
    swallow(on) {
      deaf = on;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}
