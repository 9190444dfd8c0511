/** The extension in a real VS Code, with the real server and the real cargo. Run by `npm run e2e`. */

import "./harness";

import "./fixes";
import "./states";
import "./nights";
import "./host";
