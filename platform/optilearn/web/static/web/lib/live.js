// What a screen reader is told, politely.
export function announce(text) {
  const place = document.getElementById("announcements");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}
