// Small helps. Every page works without them.

const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

// After an error or an act of one's own, reading starts at what came of it.
document.querySelector("[data-focus]")?.focus();

// A page kept by the Back button may show what is no longer shared: it is kept empty, and asks again.
addEventListener("pagehide", () => document.body.classList.add("leaving"));
addEventListener("pageshow", (event) => event.persisted && location.reload());

// Crisis help, and nothing else, is kept on this device for when there is no connection.
const keeper = document.body.dataset.keptHelp;
if (keeper && navigator.serviceWorker) {
  const kept = navigator.serviceWorker.register(keeper).catch(() => null);
  each("[data-kept]", async (words) => {
    (await kept)?.active?.postMessage("renew");
    await navigator.serviceWorker.ready;
    words.hidden = false;
  });
}

each("[data-reveal]", (button) => {
  const field = document.getElementById(button.dataset.reveal);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    status.textContent = shown ? button.dataset.shown : button.dataset.hidden;
  });
  // So that a browser keeps it as a password, not as an answer to offer again.
  field.form?.addEventListener("submit", () => (field.type = "password"));
});

// Ctrl and P does the same.
each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

// Booking: one day at a time, and the way back to the calendar.
each("[data-day-picker]", (picker) => {
  const lists = [...picker.querySelectorAll("[data-times]")];
  const links = [...picker.querySelectorAll("[data-day]")];
  const show = (id) => {
    lists.forEach((list) => (list.hidden = list.id !== id));
    links.forEach((link) =>
      link.dataset.day === id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"),
    );
  };
  links.forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.dataset.day);
      document.getElementById(link.dataset.day).focus();
    }),
  );
  picker.querySelectorAll("[data-day-again]").forEach((again) => {
    again.hidden = false;
    again.addEventListener("click", (event) => {
      event.preventDefault();
      picker.querySelector("[data-day][aria-current]").focus();
    });
  });
  const chosen = picker.querySelector("input:checked")?.closest("[data-times]") ?? lists[0];
  if (chosen) show(chosen.id);
});

// Writing an update: who will see it, asked again whenever the answer may change.
each("[data-recipients-url]", (form) => {
  const panel = document.querySelector("[data-recipients-panel]");
  let latest = 0;
  form.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-recipients]")) return;
    const asked = ++latest;
    const query = new URLSearchParams();
    form.querySelectorAll("[data-recipients]").forEach((field) => {
      if (!["radio", "checkbox"].includes(field.type) || field.checked) query.append(field.dataset.recipients, field.value);
    });
    const answer = await fetch(`${form.dataset.recipientsUrl}?${query}`).catch(() => null);
    const fragment = answer?.ok && !answer.redirected && (await answer.text());
    // An older, slower answer must not cover a newer one.
    if (asked !== latest) return;
    if (fragment) panel.innerHTML = fragment;
    else panel.textContent = panel.dataset.failed;
  });
});

// Planning sessions: what the answers so far come to, in the server's words.
each("[data-in-words-url]", (form) => {
  const box = document.querySelector("[data-in-words]");
  let latest = 0;
  form.addEventListener("change", async () => {
    const asked = ++latest;
    const body = new FormData(form);
    const answer = await fetch(form.dataset.inWordsUrl, { method: "POST", body }).catch(() => null);
    const fragment = answer?.ok && !answer.redirected && (await answer.text());
    if (asked === latest && fragment) box.innerHTML = fragment;
  });
});

// Leave quickly: the page empties at once, the server signs out, another site takes its place.
each("[data-leave]", (form) => {
  const leave = () => {
    document.body.classList.add("leaving");
    const signedOut = fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
    const longEnough = new Promise((resolve) => setTimeout(resolve, 700));
    Promise.race([signedOut, longEnough]).then(() => location.replace(form.dataset.away));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });
  let presses = 0;
  let forget;
  addEventListener("keyup", (event) => {
    clearTimeout(forget);
    forget = setTimeout(() => (presses = 0), 2000);
    presses = event.key === "Shift" ? presses + 1 : 0;
    if (presses === 3) leave();
  });
});

// Two minutes before the server signs someone out, one press is enough to stay. When the time is up the page goes;
// what was typed is kept by the server, which does nothing else with it.
each("[data-idle-seconds]", (dialog) => {
  const idle = dialog.dataset.idleSeconds * 1000;
  const stay = dialog.querySelector("[data-stay]");
  let typedIn = null;
  let endsAt;
  const restart = () => {
    dialog.close();
    endsAt = Date.now() + idle;
  };
  const send = (form, headers) =>
    // Without files: these have to be chosen again.
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")),
      headers,
    });
  const leave = async () => {
    endsAt = Infinity;
    const answer = typedIn && (await send(typedIn, { "Only-Keep": "1" }).catch(() => null));
    if (answer?.status === 204) restart(); // still signed in, by another tab
    else location.replace(answer?.redirected ? answer.url : document.body.dataset.formPage ?? location.href);
  };
  const look = () => {
    if (Date.now() >= endsAt + 5_000) leave();
    else if (Date.now() >= endsAt - 120_000 && !dialog.open) dialog.showModal();
  };
  const press = (event) => {
    event.preventDefault();
    send(stay).then((answer) => (answer.status === 204 ? restart() : leave()), () => {});
  };
  document.querySelector("main").addEventListener("input", (event) => {
    if (event.target.form?.method === "post") typedIn = event.target.form;
  });
  stay.addEventListener("submit", press);
  dialog.addEventListener("cancel", press);
  // A clock, not one long timer: a machine that slept has not counted.
  setInterval(look, 1_000);
  addEventListener("visibilitychange", look);
  restart();
});

// A page that answered a form is not kept in the history as one to send again: Back asks for the form instead.
if (document.body.dataset.formPage) {
  const forget = () => history.replaceState(null, "", document.body.dataset.formPage);
  addEventListener("submit", forget);
  each("a[href]:not([href^='#'])", (link) => link.addEventListener("click", forget));
}
