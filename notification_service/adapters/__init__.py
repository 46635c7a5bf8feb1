"""The outside world: webhook targets, SendGrid, Expo, Twilio, and a mail folder."""
