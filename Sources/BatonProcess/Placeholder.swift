import BatonModel
import CSystem
