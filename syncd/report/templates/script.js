const all = (s, from = document) => [...from.querySelectorAll(s)];
const tables = all('table.alerts');
for (const group of all('.chips')) group.hidden = false;
for (const chip of all('.chips button')) chip.onclick = () => {
  for (const other of all('.chips button')) other.setAttribute('aria-pressed', other === chip);
  const team = chip.dataset.team;
  for (const row of all('table.alerts tbody tr'))
    row.hidden = team !== '' && !row.dataset.teams.split(' ').includes(team);
  for (const more of all('details.alerts')) more.open ||= team !== '';
};
for (const table of tables) [...table.tHead.rows[0].cells].forEach((head, place) => {
  const button = document.createElement('button');
  button.textContent = head.textContent;
  button.title = 'Sort by this column';
  head.replaceChildren(button);
  const key = row => row.cells[place].dataset.sort ?? row.cells[place].textContent;
  button.onclick = () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (up ? 1 : -1) * key(a).localeCompare(key(b), 'en', {numeric: true}));
    table.tBodies[0].append(...rows);
  };
});
addEventListener('beforeprint', () => { for (const more of all('details')) more.open = true; });
