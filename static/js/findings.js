// Keeps whether somebody wants to see what was counted over their photos; the server reads it.

const YEAR = 365 * 24 * 60 * 60; // s

for (const box of document.querySelectorAll("[data-show=findings]")) {
  box.addEventListener("change", () => {
    const value = box.checked ? "shown" : "hidden";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `findings=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  });
}
