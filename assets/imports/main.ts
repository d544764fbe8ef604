// The importers' screens. Every page works without this; each part starts where its element is.

import { startCandidates } from "./candidates";
import { startChanges } from "./changes";
import { startProgress } from "./progress";
import { startUpload } from "./upload";

startUpload();
startProgress();
void startCandidates();
void startChanges();
document.getElementById("error-summary")?.focus();
