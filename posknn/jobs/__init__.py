"""Many recorded videos: the steps that each takes, who does them, and what was finished already."""
