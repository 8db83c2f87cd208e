// Ask now and then whether a file has changed, and if so show the page anew.
const known = document.currentScript.dataset.version;

async function look() {
  try {
    const answer = await fetch("/version", { cache: "no-store" });
    const { version } = await answer.json();
    if (String(version) !== known) location.reload();
  } catch {
    // The preview was stopped, or is just starting again: ask once more later.
  }
}

setInterval(look, 500);
