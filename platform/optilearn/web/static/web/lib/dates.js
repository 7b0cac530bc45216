// Instants in the institution's zone and the reader's language, as the server writes them.
export function dateTime(value) {
  const locale = document.documentElement.lang === "hi" ? "hi-IN" : "en-IN";
  const parts = Object.fromEntries(new Intl.DateTimeFormat(locale, {
    timeZone: document.body.dataset.zone || undefined,
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(value)).map((part) => [part.type, part.value]));
  return `${parts.day} ${parts.month} ${parts.year}, ${parts.hour}:${parts.minute}`;
}
