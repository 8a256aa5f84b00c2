// Small helps for writing a guide. The page works without them.

const form = document.querySelector("[data-guide-preview]");
const side = document.querySelector("[data-guide-side]");
const frame = side.querySelector("[data-guide-frame]");
const status = side.querySelector("[data-guide-status]");

// What is typed is shown as families will see it, once the typing pauses; an older answer never covers a newer one.
let latest = 0;
let pause;
const look = async () => {
  const asked = ++latest;
  const body = new FormData(form);
  const answer = await fetch(form.dataset.guidePreview, { method: "POST", body }).catch(() => null);
  const fragment = answer?.ok && !answer.redirected && (await answer.text());
  if (asked !== latest) return;
  status.textContent = fragment ? "" : side.dataset.failed;
  if (!fragment) return;
  const made = document.createElement("template");
  made.innerHTML = fragment;
  side.querySelector("[data-guide-hints]").replaceWith(made.content.querySelector("[data-guide-hints]"));
  const read = frame.contentWindow.scrollY;
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, read), { once: true });
  frame.srcdoc = made.content.querySelector("iframe").srcdoc;
};
form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(look, 600);
});

// How wide the screen is on which it is read.
const widths = side.querySelector("[data-guide-widths]");
widths.hidden = false;
widths.addEventListener("click", ({ target }) => {
  if ("printFrame" in target.dataset) frame.contentWindow.print();
  if (!target.dataset.width) return;
  const desktop = target.dataset.width === "desktop";
  frame.parentElement.dataset.width = target.dataset.width;
  frame.style.zoom = desktop ? frame.parentElement.clientWidth / 1280 : "";
  widths.querySelectorAll("[data-width]").forEach((one) => one.setAttribute("aria-pressed", one === target));
});

// Signs of Markdown, around what is chosen.
const tools = form.querySelector("[data-guide-tools]");
tools.hidden = false;
tools.addEventListener("click", ({ target }) => {
  const { before, after = "", sample } = target.dataset;
  if (before === undefined) return;
  const text = form.elements.markdown;
  const { selectionStart: from, selectionEnd: to, value } = text;
  const chosen = value.slice(from, to) || sample;
  text.setRangeText(before + chosen + after, from, to, "end");
  text.setSelectionRange(from + before.length, from + before.length + chosen.length);
  text.focus();
  form.dispatchEvent(new Event("input"));
});
