// Light, dark, or as the system says. The choice is a cookie, so that the server writes the right
// page at once; without this module the system decides. Paper is always light.

const MEDIA = {
  auto: "screen and (prefers-color-scheme: dark)",
  light: "not all",
  dark: "screen",
};
const YEAR = 365 * 24 * 60 * 60;

const sheet = document.querySelector("link[data-dark]");
const chooser = document.querySelector("[data-theme-chooser]");

function choose(theme) {
  sheet.media = MEDIA[theme];
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = theme === "auto" ? 0 : YEAR;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax${secure}`;
}

if (chooser) {
  chooser.hidden = false;
  chooser.addEventListener("change", (event) => choose(event.target.value));
}
