import '../shared/page.css'
import '../shared/cards.css'
import '../shared/form.css'
import '../shared/plot.css'
import './jobs.css'
import './news.css'
import './panel.css'
import './form.css'
import './time-line.css'
import './jobs-page.ts'
import { language } from '../shared/texts.ts'
import { t } from './texts.ts'

document.documentElement.lang = language
document.title = t('title')
