"""The front door: arguments in, exit codes and text out; composes the parts."""
