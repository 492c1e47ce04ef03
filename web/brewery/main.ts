import 'uplot/dist/uPlot.min.css'
import '../shared/page.css'
import '../shared/cards.css'
import '../shared/form.css'
import '../shared/plot.css'
import '../shared/series.css'
import '../shared/tabs.css'
import './brewery.css'
import './alarms.css'
import './curve.css'
import './profiles.css'
import './records.css'
import './brewery-page.ts'
import { language } from '../shared/texts.ts'
import { t } from './texts.ts'

document.documentElement.lang = language
document.title = t('title')
