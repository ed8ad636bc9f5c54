import { mount } from 'svelte';
import '../../src/styles/base.css';
import '../../src/styles/controls.css';
import Frame from './Frame.svelte';

mount(Frame, { target: document.getElementById('app')! });
