#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The case of ike-weather.sh that has fair weather: strangers who start IKE SAs
# without end.

exec "$(dirname "$0")/ike-weather.sh" strangers
