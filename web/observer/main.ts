import 'tabulator-tables/dist/css/tabulator_simple.min.css'
import 'uplot/dist/uPlot.min.css'
import '../shared/page.css'
import '../shared/table.css'
import './observer.css'
import './panel.css'
import './device-panel.ts'
import './fleet-observer.ts'
import { language } from '../shared/texts.ts'
import { t } from './texts.ts'

document.documentElement.lang = language
document.title = t('title')
