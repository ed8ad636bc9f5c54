// Pictures and files: from the visitor to the agent and back, looked at by keyboard, saved, refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { answered, byId, leave, logIn, messages, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const words = {
  zh: {
    human: "转人工",
    hello: "您好，请发一张照片",
    photo: "破损的杯子.png",
    file: "退货说明.txt",
    lie: /内容与文件名不符/,
    received: "已收到您发的图片或文件",
  },
  en: {
    human: "talk to a human",
    hello: "Hello, please send a photo",
    photo: "broken cup.png",
    file: "how to return.txt",
    lie: /not what the name says/,
    received: "I have received your picture or file",
  },
};

// A photo of a kind: large enough for a thumbnail.
async function photo(page) {
  const url = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1200, height: 900 });
    const paint = canvas.getContext("2d");
    const sky = paint.createLinearGradient(0, 0, 1200, 900);
    sky.addColorStop(0, "#7fb3d5");
    sky.addColorStop(1, "#f5cba7");
    paint.fillStyle = sky;
    paint.fillRect(0, 0, 1200, 900);
    paint.fillStyle = "#6e2c00";
    paint.fillRect(420, 380, 360, 380);
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(url.split(",")[1], "base64");
}

const choose = (page, name, mimeType, buffer) =>
  byId(page, "file-input").setInputFiles([{ name, mimeType, buffer }]);

const shown = (page, sender) =>
  page.locator(`[data-testid=message][data-sender=${sender}] [data-testid=image] img`).last();

// Its place is held before its bytes come: the box has the picture's own proportions.
async function looksRight(page, sender) {
  const image = shown(page, sender);
  await image.waitFor();
  const { width, height } = await image.evaluate((img) => {
    const { width, height } = img.getBoundingClientRect();
    return { width, height };
  });
  assert.ok(Math.abs(width / height - 4 / 3) < 0.05, `${width} x ${height}`);
  const natural = await image.evaluate(async (img) => {
    await img.decode();
    return img.naturalWidth;
  });
  assert.equal(natural, 320, "the thumbnail is shown");
}

async function enlarges(page, sender, shot) {
  const button = shown(page, sender).locator("xpath=..");
  await button.focus();
  await page.keyboard.press("Enter");
  const large = byId(page, "lightbox").locator("img");
  await large.waitFor();
  const width = await large.evaluate(async (img) => {
    await img.decode();
    return img.naturalWidth;
  });
  assert.equal(width, 1200, "the picture itself");
  await shot(page, "media-3-lightbox");
  await page.keyboard.press("Escape");
  await byId(page, "lightbox").waitFor({ state: "detached" });
  const focused = await button.evaluate((element) => element === document.activeElement);
  assert.ok(focused, "the keyboard is where it was");
}

async function saves(page, sender, name, text) {
  const card = messages(page, sender).getByTestId("file").last();
  await card.filter({ hasText: name }).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), card.click()]);
  assert.equal(download.suggestedFilename(), name);
  assert.equal(readFileSync(await download.path(), "utf8"), text);
}

// What is dropped on the page and what is pasted go the same way.
async function drops(page, name, text) {
  await page.evaluate(
    ([label, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], label, { type: "text/plain" }));
      for (const type of ["dragover", "drop"]) {
        window.dispatchEvent(new DragEvent(type, { dataTransfer: data, cancelable: true }));
      }
    },
    [name, text],
  );
}

async function refuses(visitor, w, shot) {
  await choose(visitor, "photo.png", "image/png", Buffer.from("<html><script>alert(1)</script>"));
  const failed = visitor.locator("[data-testid=upload][data-state=failed]");
  await failed.filter({ hasText: w.lie }).waitFor();
  await shot(visitor, "media-5-refused");
  await byId(visitor, "upload-retry").click();
  await failed.filter({ hasText: w.lie }).waitFor();
  await byId(visitor, "upload-cancel").click();
  await failed.waitFor({ state: "detached" });
}

async function play(world, language) {
  const w = words[language];
  const shot = (page, name, options) => pictures(page, name, options);
  // A refusal is an error to the browser's console, and what is asked for here.
  const visitor = await visit({ ...world, problems: [] }, language);
  await choose(visitor, w.photo, "image/png", await photo(visitor));
  await looksRight(visitor, "visitor");
  await answered(visitor, "bot", w.received);
  await shot(visitor, "media-1-bot");
  await say(visitor, w.human);

  const agent = await logIn(world, { language });
  await byId(agent, "status-select").selectOption("free");
  await byId(agent, "conv-row").first().waitFor();
  await byId(agent, "conv-row").first().click();
  await byId(agent, "agent-composer").fill(w.hello);
  await byId(agent, "agent-send").click();
  await answered(visitor, "agent", w.hello);
  await looksRight(agent, "visitor");
  await shot(agent, "media-2-agent");
  await enlarges(agent, "visitor", shot);

  const text = "七天之内\n";
  await drops(agent, w.file, text);
  await saves(visitor, "agent", w.file, text);
  await choose(agent, w.photo, "image/png", await photo(agent));
  await looksRight(visitor, "agent");
  await shot(visitor, "media-4-visitor");
  await refuses(visitor, w, shot);
  await visitor.reload();
  await looksRight(visitor, "agent");

  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });
  await leave(visitor, agent);
}

export default {
  "pictures and files in Chinese": (world) => play(world, "zh"),
  "pictures and files in English": (world) => play(world, "en"),
};
