// Entry point of train.html.

import { openTrainPage } from './page.ts'

void openTrainPage()
