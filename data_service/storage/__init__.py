"""Where bars are stored: three tiers behind one port, chosen by probe and never downgraded."""
