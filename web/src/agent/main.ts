import { mount } from 'svelte';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/overlays.css';
import '../styles/pages.css';
import App from './App.svelte';

mount(App, { target: document.getElementById('app')! });
