// What an admin does besides: people.
import { byId, leave, logIn } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };

export default {
  async "an admin makes a colleague, who is then in the team"(world) {
    const page = await logIn(world, { path: "/users" });
    await byId(page, "user-add").click();
    const dialog = byId(page, "user-dialog");
    await dialog.locator("input[name=login]").fill("wang.fang");
    await byId(page, "user-save").click();
    await dialog.locator(".field-error").first().waitFor();
    await pictures(page, "users-dialog", both);
    await dialog.locator("input[name=name]").fill("Wang Fang");
    await dialog.locator("input[name=password]").fill("a long enough password");
    await byId(page, "user-save").click();
    await byId(page, "user-row").nth(1).waitFor();
    await dialog.waitFor({ state: "detached" });
    await pictures(page, "users", both);
    await byId(page, "nav-team").click();
    await byId(page, "team").getByText("Wang Fang").waitFor();
    await pictures(page, "team", both);
    await page.keyboard.press("?");
    await byId(page, "help-dialog").waitFor();
    await pictures(page, "help", both);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await byId(page, "palette").waitFor();
    await pictures(page, "palette", both);
    await leave(page);
  },
};
