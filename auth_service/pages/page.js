const korean = navigator.language.startsWith("ko"), say = (english, other) => korean ? other : english;
if (korean) {
  document.documentElement.lang = "ko";
  for (const element of document.querySelectorAll("[data-ko]")) element.textContent = element.dataset.ko;
}

// The link's token, which the address bar and the history forget.
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  return token;
}

// Send what the form holds to the page's own address; say `done`, or what is wrong.
function onSubmit(read, done) {
  const status = document.querySelector("[role=status]"), form = document.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(location.pathname, {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify(read(form.querySelector("input")?.value)),
    });
    const problem = answer.ok ? null : await answer.json();
    status.textContent = problem ? problem.errors[0]?.message ?? problem.detail : done;
    form.hidden = answer.ok;
  });
}
