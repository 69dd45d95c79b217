// Entry point of index.html.

import { openPlayPage } from './page.ts'

void openPlayPage()
