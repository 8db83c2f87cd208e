"use strict";

// The token is kept by this tab alone: it ends with it, and no other site can have it sent along.
const KEPT = "mohar-holder";
const AT = "/v1/holder";
const byId = (id) => document.getElementById(id);
const said = byId("said");
let words = {};
let notices = {};
let session = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
let language = session.language || navigator.language || "en";

function word(key, values) {
  let text = words[key] || key;
  for (const [name, value] of Object.entries(values || {})) text = text.replace("{" + name + "}", value);
  return text;
}

function tell(text, mood) {
  said.className = mood || "";
  said.textContent = text;
}

function keep(changed) {
  session = {...session, ...changed};
  sessionStorage.setItem(KEPT, JSON.stringify(session));
}

function add(parent, tag, content, more) {
  const node = parent.appendChild(document.createElement(tag));
  if (content !== undefined) node.textContent = content;
  return Object.assign(node, more || {});
}

function notice(parent, name) {
  const shown = add(parent, "p", noticeText(name), {className: "notice"});
  shown.dataset.notice = name;
}

function noticeText(name) {
  return notices[name] ? notices[name].text : "";
}

function seen(name) {
  return notices[name] ? notices[name].version : "";
}

function show(name) {
  for (const each of ["ask", "confirm", "members", "own"]) byId(each).hidden = each !== name;
  byId("end").hidden = !session.token;
  const title = byId(name + "-title");
  title.focus();
}

function forget() {
  sessionStorage.removeItem(KEPT);
  session = {language};
  byId("member-list").replaceChildren();
  byId("own-list").replaceChildren();
  for (const form of document.querySelectorAll("form")) form.reset();
}

async function call(method, path, content) {
  const headers = session.token ? {Authorization: "Bearer " + session.token} : {};
  if (content !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(AT + path, {method, headers, body: content === undefined ? undefined : JSON.stringify(content)});
  } catch {
    throw new Error(word("error-unavailable"));
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 && session.token) {
    forget();
    show("ask");
  }
  if (problem.code === "notice-not-shown") await speak(language);
  throw new Error(word(reason(answer, problem), {minutes: Math.ceil((answer.headers.get("Retry-After") || 60) / 60)}));
}

function reason(answer, problem) {
  for (const key of ["error-" + problem.code, "error-" + answer.status]) if (words[key]) return key;
  return "error-unavailable";
}

async function doing(button, work) {
  button.disabled = true;
  tell(word("busy"));
  try {
    await work();
  } catch (error) {
    tell(error.message, "bad");
  }
  button.disabled = false;
}

function on(form, work) {
  byId(form).addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter || byId(form).querySelector("button"), work);
  });
}

async function sendCode() {
  const answer = await call("POST", "/codes", {contact: byId("contact").value, language, notice: seen("code")});
  keep({transaction: (await answer.json()).transaction, language});
  show("confirm");
  tell(word("sent"));
}

async function confirmCode() {
  const answer = await call("POST", "/sessions", {transaction: session.transaction, code: byId("code").value.trim()});
  keep({token: (await answer.json()).token});
  byId("code").value = "";
  await listMembers();
}

function told(details) {
  return Object.entries(details).map(([name, value]) => (words["detail-" + name] ? word("detail-" + name, {value}) : value)).join(" · ");
}

async function listMembers() {
  const {members} = await (await call("GET", "/members")).json();
  const list = byId("member-list");
  list.replaceChildren();
  members.forEach((member, at) => list.append(memberCard(member, at)));
  show("members");
  tell(members.length ? "" : word("nobody"));
}

function memberCard(member, at) {
  const card = document.createElement("li");
  add(card, "h3", member.name);
  add(card, "p", member.title + " · " + member.details.map(told).join(" / "));
  const form = add(card, "form");
  const fields = member.asks.map((name) => {
    const id = "factor-" + at + "-" + name;
    add(form, "label", word("factor-" + name), {htmlFor: id});
    return add(form, "input", undefined, {id, name, type: "text", autocomplete: "off"});
  });
  if (fields.length > 1) add(form, "p", word("factor-one"), {className: "hint"});
  const button = add(form, "button", word("choose"), {type: "submit"});
  button.setAttribute("aria-label", word("choose") + ": " + member.name);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(fields.filter((each) => each.value.trim()).map((each) => [each.name, each.value.trim()]));
    doing(button, () => choose(member, given));
  });
  return card;
}

async function choose(member, given) {
  const answer = await call("POST", "/members/" + member.handle + "/choose", {second_factor: given});
  keep({member: member.handle});
  list((await answer.json()).certificates);
  show("own");
  tell("");
}

async function listOwn() {
  list((await (await call("GET", "/members/" + session.member + "/certificates")).json()).certificates);
  show("own");
}

function list(certificates) {
  const into = byId("own-list");
  into.replaceChildren();
  certificates.forEach((each, at) => into.append(ownCard(each, at)));
}

function ownCard(own, at) {
  const card = document.createElement("li");
  const path = "/members/" + session.member + "/certificates/" + own.handle;
  add(card, "h3", own.title + " · " + told(own.details));
  add(card, "p", word("number", {number: own.number}), {className: "number"});
  add(card, "label", word("print-language"), {htmlFor: "print-" + at});
  const choice = add(card, "select", undefined, {id: "print-" + at});
  for (const tag of own.languages) add(choice, "option", nameOf(tag), {value: tag, selected: tag === language});
  const row = add(card, "div", undefined, {className: "row"});
  const act = (key, work) => {
    const button = add(row, "button", word(key), {type: "button", className: "quiet"});
    button.addEventListener("click", () => doing(button, work));
    return button;
  };
  act("download", () => download(path + ".pdf?language=" + encodeURIComponent(choice.value)));
  act("code-picture", () => picture(path + ".png", card));
  notice(card, "share");
  const shown = add(card, "p");
  act("share", () => share(path, shown));
  act("share-end", async () => { await call("DELETE", path + "/share"); shown.replaceChildren(); tell(word("share-ended"), "good"); });
  if (own.share) showShare(own.share, shown);
  readersOf(path, card);
  if (own.requests.length) reportForm(own, path, card, at);
  return card;
}

function nameOf(tag) {
  const found = [...byId("language").options].find((each) => each.value === tag);
  return found ? found.textContent : tag;
}

async function fetched(path) {
  return URL.createObjectURL(await (await call("GET", path)).blob());
}

async function download(path) {
  const link = add(document.body, "a", undefined, {href: await fetched(path), download: "certificate.pdf"});
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  tell(word("downloaded"), "good");
}

async function picture(path, card) {
  const answer = await call("GET", path);
  const reader = new FileReader();
  reader.onload = () => {
    const image = card.querySelector("img") || add(card, "img", undefined, {className: "code", alt: word("share-code")});
    image.src = reader.result;
  };
  reader.readAsDataURL(await answer.blob());
  tell("");
}

async function share(path, shown) {
  showShare(await (await call("POST", path + "/share", {language, notice: seen("share")})).json(), shown);
  tell(word("shared"), "good");
}

function showShare(made, shown) {
  shown.replaceChildren();
  add(shown, "a", made.link, {href: made.link, rel: "noreferrer"});
  const until = new Date(made.until).toLocaleString(language);
  add(shown, "span", " " + word("share-until", {until, views: made.views}));
}

function readersOf(path, card) {
  const details = add(card, "details");
  add(details, "summary", word("readers"));
  const list = add(details, "ul");
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      const {reads} = await (await call("GET", path + "/reads")).json();
      list.replaceChildren();
      for (const each of reads) {
        const at = new Date(each.at).toLocaleString(language);
        add(list, "li", [at, each.caller, word("outcome-" + each.outcome), each.purpose].join(" · "));
      }
    } catch (error) {
      tell(error.message, "bad");
    }
  });
}

function reportForm(own, path, card, at) {
  const details = add(card, "details");
  add(details, "summary", word("report"));
  const form = add(details, "form");
  add(form, "label", word("report-type"), {htmlFor: "type-" + at});
  const type = add(form, "select", undefined, {id: "type-" + at});
  for (const each of own.requests) add(type, "option", words["request-" + each.name] || each.title, {value: each.name});
  const fields = add(form, "div");
  const draw = () => {
    fields.replaceChildren();
    const asked = own.requests.find((each) => each.name === type.value);
    asked.changes.forEach((each, n) => field(fields, "change-" + at + "-" + n, word("report-change", {what: named(each)}), each, "change"));
    asked.evidence.forEach((each, n) => field(fields, "evidence-" + at + "-" + n, word("report-evidence", {what: named(each)}), each, "evidence"));
  };
  type.addEventListener("change", draw);
  draw();
  add(form, "label", word("report-reason"), {htmlFor: "reason-" + at});
  const why = add(form, "textarea", undefined, {id: "reason-" + at, required: true});
  notice(form, "report");
  const button = add(form, "button", word("report-send"), {type: "submit"});
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(button, async () => {
      const wish = {type: type.value, reason: why.value, changes: given(fields, "change"), evidence: given(fields, "evidence"), notice: seen("report")};
      const kept = await (await call("POST", path + "/requests", wish)).json();
      byId("tracking").value = kept.tracking;
      form.reset();
      draw();
      tell(word("reported", {tracking: kept.tracking}), "good");
    });
  });
}

function named(path) {
  return words["field-" + path] || path.split(".").pop().replace(/[_-]/g, " ");
}

function field(into, id, label, name, sort) {
  add(into, "label", label, {htmlFor: id});
  const input = add(into, "input", undefined, {id, name, type: "text", autocomplete: "off"});
  input.dataset.sort = sort;
}

function given(fields, sort) {
  const filled = [...fields.querySelectorAll("input")].filter((each) => each.dataset.sort === sort && each.value.trim());
  return Object.fromEntries(filled.map((each) => [each.name, each.value.trim()]));
}

async function track() {
  const found = await (await call("GET", "/requests/" + encodeURIComponent(byId("tracking").value.trim()))).json();
  tell(word("state-" + found.state) + " · " + found.tracking, "good");
}

async function speak(wished) {
  const texts = await (await fetch("/holder/texts.json?language=" + encodeURIComponent(wished))).json();
  words = texts.labels;
  notices = texts.notices;
  language = texts.language;
  document.documentElement.lang = language;
  document.documentElement.dir = texts.direction;
  document.title = word("title");
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = word(each.dataset.text);
  for (const each of document.querySelectorAll("[data-notice]")) each.textContent = noticeText(each.dataset.notice);
  const choice = byId("language");
  choice.replaceChildren();
  for (const [tag, name] of texts.languages) add(choice, "option", name, {value: tag, lang: tag, selected: tag === language});
  keep({language});
}

byId("language").addEventListener("change", async (event) => {
  tell("");
  await speak(event.target.value);
  if (!byId("members").hidden) await listMembers();
  if (!byId("own").hidden) await listOwn();
  byId("language").focus();
});
on("ask-form", sendCode);
on("confirm-form", confirmCode);
on("track-form", track);
byId("again").addEventListener("click", (event) => doing(event.target, sendCode));
byId("back").addEventListener("click", (event) => doing(event.target, listMembers));
byId("end").addEventListener("click", (event) => doing(event.target, async () => {
  await call("DELETE", "/session").catch(() => {});
  forget();
  show("ask");
  tell(word("ended"), "good");
}));

speak(language).then(() => (session.token ? listMembers() : undefined)).catch((error) => tell(error.message, "bad"));
