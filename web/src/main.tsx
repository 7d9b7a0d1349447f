import { render } from 'preact';
import { startAlarming, startWorker } from './alarming';
import { startTicking } from './clock';
import { startHotkeys } from './hotkeys';
import { boot } from './hub';
import { startRouting } from './route';
import { startSettings } from './settings';
import { App, startTitle } from './views/app';
import './style.css';

startSettings();
startRouting();
startTicking();
startHotkeys();
startTitle();
render(<App />, document.getElementById('app')!);
startAlarming();
void boot();
void startWorker();
