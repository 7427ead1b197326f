"""Pictures for mail and report: our own SVG, and the same PNG bytes on every machine."""
