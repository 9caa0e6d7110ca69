// Tests of the room EncryptionModel.
