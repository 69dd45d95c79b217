// Entry point of the Worker that trains. The page calls it over comlink.

import { expose } from 'comlink'
import { TrainingHost } from './training_host.ts'

expose(new TrainingHost())
