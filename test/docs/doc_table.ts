// Reads a table of a docs page.

/** The rows of the table whose first heading is `head`, without the headings; cells without backticks. */
export function tableOf(page: string, text: string, head: string): string[][] {
  const from = text.indexOf(`| ${head} |`)
  if (from < 0) throw new Error(`${page} has no table that begins with | ${head} |`)
  const rows = text.slice(from).split('\n\n')[0]!.split('\n').slice(2)
  return rows.map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replace(/^`(.*)`$/, '$1')),
  )
}
