// A conversation is filed under tags and its visitor gets a name, live at whoever else looks.
import { byId, leave, logIn, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

async function play(world) {
  const agent = await logIn(world, {});
  await byId(agent, "status-select").selectOption("free");
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(agent, "conv-tab-serving").click();
  await byId(agent, "conv-row").first().click();
  const other = await agent.context().newPage();
  await other.goto(agent.url());
  for (const tag of ["投诉", "退款"]) {
    await byId(agent, "tag-input").fill(tag);
    await byId(agent, "tag-input").press("Enter");
    for (const page of [agent, other]) await byId(page, "tag").filter({ hasText: tag }).waitFor();
  }
  await byId(other, "tag").filter({ hasText: "退款" }).getByRole("button").click();
  await byId(agent, "tag").filter({ hasText: "退款" }).waitFor({ state: "detached" });
  await byId(agent, "visitor-rename").click();
  await byId(agent, "visitor-name-input").fill("陈女士");
  await byId(agent, "visitor-name-input").press("Enter");
  for (const page of [agent, other]) {
    await byId(page, "visitor-name").filter({ hasText: "陈女士" }).waitFor();
    await byId(page, "conv-row").filter({ hasText: "陈女士" }).waitFor();
  }
  await pictures(agent, "profile-1", { languages: ["zh", "en"], widths: [1440] });
  await agent.reload();
  await byId(agent, "tag").filter({ hasText: "投诉" }).waitFor();
  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });
  await leave(agent, visitor);
}

export default { "tags and the visitor's name are shared live": play };
