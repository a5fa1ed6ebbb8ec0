// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { NO_CONFIGURATION } from "./conf-001-no-configuration.ts";
import { BYTE_ORDER_MARK } from "./conf-002-byte-order-mark.ts";
import { WINDOWS_LINE_ENDS } from "./conf-003-windows-line-ends.ts";
import { ENCODING } from "./conf-004-encoding.ts";
import { NO_SUPERVISORD_SECTION } from "./conf-005-no-supervisord-section.ts";
import { CUT_VALUE } from "./conf-006-cut-value.ts";
import { GLUED_COMMENT } from "./conf-007-glued-comment.ts";
import { QUOTED_VALUE } from "./conf-008-quoted-value.ts";
import { PERCENT_SIGN } from "./conf-009-percent-sign.ts";
import { INCLUDE } from "./conf-010-include.ts";
import { NOT_INCLUDED } from "./conf-011-not-included.ts";
import { REPEATED_NAME } from "./conf-012-repeated-name.ts";
import { WRONG_VALUE } from "./conf-013-wrong-value.ts";
import { UNKNOWN_NAME } from "./conf-014-unknown-name.ts";
import { LINE_CONTINUATION } from "./conf-015-line-continuation.ts";
import { SHELL_SYNTAX } from "./conf-016-shell-syntax.ts";
import { NOT_TAKEN_OVER } from "./conf-017-not-taken-over.ts";
import { PYTHON_PLUGIN } from "./conf-018-python-plugin.ts";

export const CONFIG_CHECKS: readonly Check[] = [
  NO_CONFIGURATION,
  BYTE_ORDER_MARK,
  WINDOWS_LINE_ENDS,
  ENCODING,
  NO_SUPERVISORD_SECTION,
  CUT_VALUE,
  GLUED_COMMENT,
  QUOTED_VALUE,
  PERCENT_SIGN,
  INCLUDE,
  NOT_INCLUDED,
  REPEATED_NAME,
  WRONG_VALUE,
  UNKNOWN_NAME,
  LINE_CONTINUATION,
  SHELL_SYNTAX,
  NOT_TAKEN_OVER,
  PYTHON_PLUGIN,
];
