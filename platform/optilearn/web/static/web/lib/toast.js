// A short message that goes by itself; with an action it can be undone for ten seconds.
const SHOWN = 6000;
const UNDOABLE = 10000;

export function toast(text, kind = "", action = null) {
  const place = document.getElementById("toasts");
  const shown = document.createElement("p");
  shown.className = `toast ${kind}`;
  shown.append(text);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      shown.remove();
      action.run();
    });
    shown.append(button);
  }
  place.append(shown);
  setTimeout(() => shown.remove(), action ? UNDOABLE : SHOWN);
}
