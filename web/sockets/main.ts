import 'uplot/dist/uPlot.min.css'
import '../shared/page.css'
import '../shared/cards.css'
import '../shared/plot.css'
import './sockets.css'
import './history.css'
import './sockets-page.ts'
import { language } from '../shared/texts.ts'
import { t } from './texts.ts'

document.documentElement.lang = language
document.title = t('title')
