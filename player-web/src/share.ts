/** The page of somebody who was sent a link: `/s/<public id>#<secret>`. */
import './design/tokens.css'
import './design/base.css'

const target = document.getElementById('app')
if (target) target.textContent = 'Opening…'
