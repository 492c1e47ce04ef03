import 'tabulator-tables/dist/css/tabulator_simple.min.css'
import 'uplot/dist/uPlot.min.css'
import './page.css'
import './panel.css'
import './table.css'
import './device-panel.ts'
import './fleet-observer.ts'
import { language, t } from './texts.ts'

document.documentElement.lang = language
document.title = t('title')
