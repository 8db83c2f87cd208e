"use strict";

const VERDICTS = {
  "valid": ["✓ This certificate is genuine", "good"],
  "invalid": ["✗ This certificate is not genuine", "bad"],
  "revoked": ["✗ This certificate has been revoked", "bad"],
  "suspended": ["✗ This certificate is suspended at present", "bad"],
  "superseded": ["✗ This certificate has been replaced by a newer one", "bad"],
  "expired": ["✗ This certificate has expired", "bad"],
  "not-yet-valid": ["✗ This certificate is not valid yet", "bad"],
  "key-not-valid": ["✗ The key that signed this may not be used", "bad"],
  "rule-not-met": ["? Genuine, but a rule is not met", "unsure"],
  "unknown-issuer": ["? We do not know who issued this", "unsure"],
  "not-checked": ["? We could not check everything, such as whether it has been revoked", "unsure"],
  "limited": ["? A genuine signature of an older sort that does not protect every field", "unsure"],
  "unreadable": ["? We could not read a certificate in this", "unsure"],
  "unsupported": ["? This is a sort of certificate we do not know", "unsure"],
};

const form = document.getElementById("form");
const file = document.getElementById("file");
const text = document.getElementById("text");
const button = document.getElementById("submit");
const answer = document.getElementById("answer");

function add(parent, tag, content) {
  const node = parent.appendChild(document.createElement(tag));
  if (content !== undefined) node.textContent = content;
  return node;
}

function tell(title, mood) {
  answer.replaceChildren();
  answer.className = mood;
  add(answer, "h2", title);
}

function spaced(name) {
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_-]/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function list(value, name, into) {
  if (value === null || value === "") return;
  if (Array.isArray(value)) {
    for (const each of value) list(each, name, into);
  } else if (typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) list(inner, key, into);
  } else {
    add(into, "dt", spaced(name));
    add(into, "dd", String(value));
  }
}

function show(verdict) {
  const [title, mood] = VERDICTS[verdict.verdict] || [verdict.verdict, "unsure"];
  tell(title, mood);
  const reasons = verdict.checks.filter((check) => ["failed", "unknown"].includes(check.outcome) && check.detail);
  for (const check of reasons) add(answer, "p", spaced(check.name) + ": " + check.detail);
  const believed = Object.keys(verdict.shown).length > 0;
  if (believed) list(verdict.shown, "", add(answer, "dl"));
  if (verdict.issuer) add(answer, "p", (believed ? "Issued by " : "It says that it was issued by ") + verdict.issuer);
  const details = add(answer, "details");
  add(details, "summary", "All checks");
  const steps = add(details, "ul");
  for (const check of verdict.checks) add(steps, "li", spaced(check.name) + ": " + check.outcome);
}

async function verify(content) {
  const response = await fetch("/v1/verify", {
    method: "POST", body: content, headers: {"Content-Type": "application/octet-stream"},
  });
  if (response.status === 413) return tell("? This file is too large; send a smaller photo", "unsure");
  const said = await response.json();
  return response.ok ? show(said) : tell("? " + said.detail, "unsure");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const content = file.files[0] || text.value;
  if (!file.files.length && !text.value.trim()) {
    tell("? Choose a file or paste some text first", "unsure");
    file.focus();
    return;
  }
  button.disabled = true;
  tell("Verifying …", "busy");
  try {
    await verify(content);
  } catch {
    tell("? The verifier could not be reached; this says nothing about the certificate", "unsure");
  }
  button.disabled = false;
  answer.focus();
});

file.addEventListener("change", () => { if (file.files.length) text.value = ""; });
text.addEventListener("input", () => { if (text.value) file.value = ""; });
