"""The thinking: functions of values that decide whether, when and what to say."""
