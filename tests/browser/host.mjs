// Somebody else's site: pages that embed the widget, made as a test wants them. The machine's name
// "localhost" is the site that the service knows; by its number it is one that nobody has named.
import { once } from "node:events";
import { createServer } from "node:http";

const style = `<style>
  body { margin: 0; font: 16px/1.6 "Noto Sans CJK SC", system-ui, sans-serif; color: #2b2622; background: #faf7f2; }
  header { display: flex; gap: 28px; padding: 18px 6vw; background: #fff; border-bottom: 1px solid #eadfd2; }
  main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 40px; padding: 40px 6vw; max-width: 1060px; }
  .photo { aspect-ratio: 1; border-radius: 12px; background: radial-gradient(circle at 50% 42%, #f6e2c2 0 22%, transparent 23%), linear-gradient(160deg, #cfd9c8, #8fa58a 60%, #5d7660); }
  h1 { font-size: 28px; margin: 0 0 8px; } .price { font-size: 22px; color: #a8471f; }
  button { padding: 10px 26px; border: 0; border-radius: 6px; background: #a8471f; color: #fff; font: inherit; }
  html[data-theme=dark] body { color: #e8e2da; background: #191613; } html[data-theme=dark] header { background: #221e1a; border-color: #39322b; }
</style>`;

const body = `<header><strong>山间小店 Mountain shop</strong><span>茶 Tea</span><span>器 Ware</span></header>
<main><div class="photo"></div><div><h1>高山白茶 White mountain tea</h1><p class="price">¥128</p>
<p>满 99 元包邮，七天无理由退货。<br />Free delivery above 99 yuan, seven days to change your mind.</p>
<p>产自海拔一千二百米的茶园，日晒萎凋，自然干燥。<br />Grown at 1,200 metres, withered in the sun.</p>
<p><label>数量 Count <input id="count" value="1" size="3" /></label></p><button id="buy">加入购物车 Buy</button></div></main>`;

export async function startHost() {
  const pages = [];
  const server = createServer((request, response) => {
    const page = pages[Number(request.url.slice(1).split("?")[0])];
    response.writeHead(page ? 200 : 404, {
      "content-type": "text/html; charset=utf-8",
      ...(page?.policy ? { "content-security-policy": page.policy } : {}),
    });
    response.end(page?.html ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    origin: `http://localhost:${port}`,
    stranger: `http://127.0.0.1:${port}`,
    // The path of a page with this script tag (none: "") and whatever else a test puts around it.
    page({ script, policy, head = policy ? "" : style, language = "zh-CN" }) {
      const html = `<!doctype html><html lang="${language}"><head><meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" /><title>Shop</title>
<link rel="icon" href="data:," />${head}</head><body>${body}${script}</body></html>`;
      return `/${pages.push({ html, policy }) - 1}`;
    },
    close() {
      server.close();
    },
  };
}
