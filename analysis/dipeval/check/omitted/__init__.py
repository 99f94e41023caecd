"""How strong would what is not observed have to be, to undo a regression's effect?"""
