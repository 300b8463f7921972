// Asks for the token once; the cookie that comes back is out of reach of any script.

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const wrong = /** @type {HTMLElement} */ (document.getElementById("wrong"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/login", { method: "POST", body: JSON.stringify({ token: token.value.trim() }) });
  if (answer.ok) location.replace("/");
  else wrong.textContent = (await answer.json()).error;
});
