import BatonModel
