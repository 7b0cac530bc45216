// The grid of a dashboard in edit mode: tiles give way downwards and close gaps upwards.
export const overlaps = (a, b) => a.column < b.column + b.width && b.column < a.column + a.width && a.row < b.row + b.height && b.row < a.row + a.height;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function fitted(place, columns) {
  const width = clamp(Math.round(place.width), 1, columns);
  return {
    width,
    height: clamp(Math.round(place.height), 1, 50),
    column: clamp(Math.round(place.column), 0, columns - width),
    row: clamp(Math.round(place.row), 0, 900),
  };
}

// The places of all tiles after one of them took a place; the others keep their order.
export function settled(tiles, first, columns = 12) {
  const others = tiles.filter((tile) => tile !== first);
  others.sort((a, b) => a.place.row - b.place.row || a.place.column - b.place.column);
  const placed = first ? [first.place] : [];
  const found = new Map(first ? [[first, first.place]] : []);
  others.forEach((tile, number) => {
    const waiting = others.slice(number + 1).map((one) => one.place);
    const place = beside(tile.place, placed, waiting, columns) ?? {...tile.place};
    while (placed.some((one) => overlaps(one, place))) place.row += 1;
    placed.push(place);
    found.set(tile, place);
  });
  return lifted(found);
}

// A free place in the same line, the nearest one: a tile that is pushed changes sides first.
function beside(place, placed, waiting, columns) {
  if (!placed.some((one) => overlaps(one, place))) return {...place};
  const free = (at) => ![...placed, ...waiting].some((one) => overlaps(one, at));
  const fits = [];
  for (let column = 0; column + place.width <= columns; column += 1) fits.push({...place, column});
  fits.sort((a, b) => Math.abs(a.column - place.column) - Math.abs(b.column - place.column));
  return fits.find(free);
}

function lifted(places) {
  const order = [...places].sort(([, a], [, b]) => a.row - b.row || a.column - b.column);
  const placed = [];
  const found = new Map();
  for (const [tile, place] of order) {
    const now = {...place};
    while (now.row > 0 && !placed.some((one) => overlaps(one, {...now, row: now.row - 1}))) now.row -= 1;
    placed.push(now);
    found.set(tile, now);
  }
  return found;
}

// The first free place of that size, from the top.
export function freePlace(tiles, width, height, columns) {
  const bottom = Math.max(0, ...tiles.map(({place}) => place.row + place.height));
  for (let row = 0; row < bottom; row += 1) {
    for (let column = 0; column + width <= columns; column += 1) {
      const place = {column, row, width, height};
      if (!tiles.some((tile) => overlaps(tile.place, place))) return place;
    }
  }
  return {column: 0, row: bottom, width, height};
}

// On a narrow screen small tiles stand in pairs and others alone, in reading order, as the server's
// style sheet has them (dashboards/layout.py).
const SMALL = 4;
export function narrowed(tiles, columns = 12) {
  const found = new Map();
  let [column, row, line] = [0, 0, 0];
  for (const tile of [...tiles].sort((a, b) => a.place.row - b.place.row || a.place.column - b.place.column)) {
    const {height} = tile.place;
    const width = tile.place.width <= SMALL ? columns / 2 : columns;
    if (column + width > columns) [column, row, line] = [0, row + line, 0];
    found.set(tile, {column, row, width, height});
    column += width;
    line = Math.max(line, height);
  }
  return found;
}
