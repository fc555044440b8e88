/** `postern demo --serve`: the process that plays the demonstration's servers. It ends when its stdin does. */
import './lab/serve.ts';
